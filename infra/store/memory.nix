# A count in the service's own memory.
{ model, ... }:
{
  lab.store = {
    inherit (model.store.memory) url;
    exclusive = !model.store.memory.shared;
  };
}
