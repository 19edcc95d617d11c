# A Lambda zip: the same bytes from the same files, on any day, in any folder and time zone.
{ pkgs }:
name: folder:
pkgs.runCommand "${name}.zip" { nativeBuildInputs = [ pkgs.zip ]; } ''
  cp --recursive --dereference ${folder} content
  # 755 for what is executable, 644 for the rest: Lambda runs them as another user.
  chmod --recursive u=rwX,go=rX content
  # 1980-01-01, the earliest date of a zip; it holds local time, hence TZ.
  find content -exec touch --date=1980-01-01T00:00:00Z {} +
  cd content
  find . -type f -printf '%P\n' | LC_ALL=C sort | TZ=UTC zip -X -D -9 -q $out -@
''
