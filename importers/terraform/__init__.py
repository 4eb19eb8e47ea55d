"""Plans of Terraform and OpenTofu become proposed changes: what each resource change does to which CI.

`plan` reads what `terraform show -json` prints, `plan_map` the file that says which resource is which CI, `matching`
finds the CI of each resource, `proposing` makes the document. All of them are pure.
"""
