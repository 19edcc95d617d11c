# What is deployed is built, and is what it says: each zip starts with its files at the root and stays small.
{ pkgs, packages, ... }:
let
  inherit (pkgs) lib;
  zips = lib.filterAttrs (name: _: lib.hasPrefix "lambda-" name) packages;
in
pkgs.runCommand "packages" { nativeBuildInputs = [ pkgs.unzip ]; } ""
