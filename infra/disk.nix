# The format of a machine image's disk, by the word of each that reads it: nixpkgs' `amazonImage.format`, the extension
# of the file that it makes (nixos/lib/make-disk-image.nix), VM Import's `DiskContainer.Format`. Sparse: what is
# uploaded is what the disk holds.
{
  nixos = "vpc";
  extension = "vhd";
  import = "VHD";
}
