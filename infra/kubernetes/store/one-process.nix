# A count that one process holds: the next one starts when the last one has ended.
{
  kubernetes.manifests.deployment.spec.strategy.type = "Recreate";
}
