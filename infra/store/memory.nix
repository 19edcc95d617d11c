# A count in the service's own memory.
{
  lab.store = {
    url = "memory:";
    exclusive = true;
  };
}
