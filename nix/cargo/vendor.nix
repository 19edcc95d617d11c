# The crates of a lock as `cargo vendor` lays them, each fetched and verified by its checksum there. They are read where
# they are: a copy would have newer files than what was built of them.
{ pkgs }:
crates:
let
  inherit (pkgs) lib;
  fetched =
    {
      name,
      version,
      checksum,
      ...
    }:
    pkgs.fetchCrate {
      name = "crate-${name}-${version}.tar.gz";
      pname = name;
      inherit version;
      unpack = false;
      sha256 = checksum;
    };
in
pkgs.runCommand "crates"
  {
    list = lib.concatMapStrings (
      crate: "${crate.name}-${crate.version} ${crate.checksum} ${fetched crate}\n"
    ) crates;
    passAsFile = [ "list" ];
  }
  ''
    while read -r name checksum file; do
      mkdir --parents $out/$name
      tar --extract --gzip --strip-components=1 --no-same-owner --file "$file" --directory $out/$name
      printf '{"files":{},"package":"%s"}' "$checksum" >$out/$name/.cargo-checksum.json
    done <"$listPath"
    mkdir $out/.cargo
    printf '%s\n' '[source.crates-io]' 'replace-with = "vendored"' \
      '[source.vendored]' "directory = \"$out\"" >$out/.cargo/config.toml
  ''
