# A count that processes share: the next one is ready before the last one ends.
{
  kubernetes.manifests.deployment.spec.strategy = {
    type = "RollingUpdate";
    rollingUpdate = {
      maxSurge = 1;
      maxUnavailable = 0;
    };
  };
  # It answers on while the nodes' rules still lead to it: kube-proxy takes a second or two.
  kubernetes.container.lifecycle.preStop.sleep.seconds = 5;
}
