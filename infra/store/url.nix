# What the service gets as its store, by the template of ways.toml: where the count is, and the count's name.
{ lib, model }:
store: place:
lib.replaceStrings [ "{place}" "{counter}" ] [ place model.service.counter ]
  model.store.${store}.url
