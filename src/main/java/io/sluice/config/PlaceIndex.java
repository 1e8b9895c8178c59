package io.sluice.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Where each part of a snapshot stands in the file, so that what {@link SnapshotValidator} finds in
 * the records is reported at its line.
 */
final class PlaceIndex {
  /** By JSON pointer into the snapshot. */
  private final Map<String, Place> places = new HashMap<>();

  PlaceIndex(Place snapshot) {
    places.put("", snapshot);
  }

  void put(String pointer, Place place) {
    places.put(pointer, place);
  }

  /** Remembers a mapping and those of its keys that violations can point to. */
  void put(String pointer, YamlMapping mapping, String... keys) {
    put(pointer, mapping.place());
    for (String key : keys) {
      YamlValue value = mapping.get(key);
      if (value != null) {
        put(pointer + "/" + key, value.place());
      }
    }
  }

  /** The place of a part or, when it is not written itself, of what it belongs to. */
  Place of(String pointer) {
    String part = pointer;
    while (!places.containsKey(part)) {
      part = part.substring(0, part.lastIndexOf('/'));
    }
    return Objects.requireNonNull(places.get(part));
  }
}
