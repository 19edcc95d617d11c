# No balancer: the service's own public address.
_: {
  lab.front = { };
}
