package io.sluice.process;

import io.sluice.control.InForce;
import io.sluice.control.PlaneMemory;
import io.sluice.control.PlaneMemory.Carried;
import io.sluice.handoff.HandoffException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a serving process leaves to its successor beside its sockets. Holds secrets: it travels over
 * the upgrade socket only and is never logged.
 *
 * @param memory what its data plane serves and has observed
 * @param sessions who is logged in, for the management plane; null: nothing to tell
 * @param carried what its requests in flight are with, for drains that go on
 * @param probe how the old process's own request was answered, see {@link SelfProbe}
 */
record Estate(PlaneMemory memory, @Nullable String sessions, List<Carried> carried, int probe) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  String toJson() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("memory", JSON.readTree(memory.toJson()));
    tree.put("sessions", sessions);
    tree.put("carried", JSON.readTree(Carried.toJson(carried)));
    tree.put("probe", probe);
    return JSON.writeValueAsString(tree);
  }

  /**
   * Reads what another version may have written: what it does not know is passed over.
   *
   * @throws HandoffException when what it serves means nothing here
   */
  static Estate fromJson(String text) throws HandoffException {
    try {
      JsonNode tree = JSON.readTree(text);
      PlaneMemory memory = PlaneMemory.fromJson(JSON.writeValueAsBytes(tree.path("memory")));
      if (memory.inForce() == null) {
        throw new HandoffException(
            "this version cannot serve what the running process serves: " + memory.trouble());
      }
      return new Estate(
          memory,
          tree.path("sessions").asString(null),
          Carried.fromJson(JSON.writeValueAsString(tree.path("carried"))),
          tree.path("probe").asInt(SelfProbe.NO_ANSWER));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new HandoffException("the running process's state is not understood", e);
    }
  }

  /** What the old process serves. */
  InForce inForce() {
    InForce served = memory.inForce();
    if (served == null) {
      throw new IllegalStateException("an estate without a revision");
    }
    return served;
  }
}
