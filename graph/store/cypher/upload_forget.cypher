// upload_forget: lets go of an import in parts, its parts aside.
// in   run: STRING
// out  -
MATCH (u:Upload {fl_key: $run})
DELETE u
