# The compute's own endpoint, by HTTPS: it comes with the service, balancer and certificate too.
_: {
  lab.front = { };
}
