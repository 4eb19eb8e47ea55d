// nums_given: how many numbers CIs have been given so far; the highest one.
// in   -
// out  nums: INTEGER
MATCH (s:Store {fl_key: 'store'})
RETURN s.nums AS nums
