# The count in the process: gone with the pod.
{
  imports = [ ./one-process.nix ];
}
