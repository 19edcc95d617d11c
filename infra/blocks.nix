# A way's Terraform as a list of blocks: the path to each, and what is there. Resources and data are one level deeper.
{ lib }:
{ config, accepted }:
let
  block = path: value: { inherit path value; };
in
lib.concatLists (
  lib.mapAttrsToList (
    section: members:
    lib.concatLists (
      lib.mapAttrsToList (
        member: value:
        if section == "resource" || section == "data" then
          lib.mapAttrsToList (
            name:
            block [
              "config"
              section
              member
              name
            ]
          ) value
        else
          [
            (block [
              "config"
              section
              member
            ] value)
          ]
      ) members
    )
  ) config
)
++ lib.mapAttrsToList (
  address:
  block [
    "accepted"
    address
  ]
) accepted
