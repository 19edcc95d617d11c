# A port of the worker, for a balancer that is made outside of the cluster: as on an instance, its health check finds whether
# the pod is ready.
_: {
  kubernetes.manifests.service.spec = {
    type = "NodePort";
    # No second hop, the caller's address kept; a worker without a ready pod answers no health check.
    externalTrafficPolicy = "Local";
  };
}
