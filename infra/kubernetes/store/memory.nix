# The count in the process: it ends with the pod.
{
  imports = [ ./one-process.nix ];
}
