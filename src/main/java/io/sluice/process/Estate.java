package io.sluice.process;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.InForce;
import io.sluice.control.PlaneMemory;
import io.sluice.handoff.HandoffException;
import io.sluice.store.Revision;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a serving process leaves to its successor beside its sockets. Holds secrets: it travels over
 * the upgrade socket only and is never logged.
 *
 * @param inForce what is served
 * @param memory what was observed
 * @param sessions who is logged in, for the management plane; null: nothing to tell
 * @param probe how the old process's own request was answered, see {@link SelfProbe}
 */
record Estate(InForce inForce, PlaneMemory memory, @Nullable String sessions, int probe) {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  String toJson() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("revision", inForce.revision());
    tree.put("snapshot", SnapshotDocument.write(inForce.snapshot()));
    tree.put("memory", JSON.readTree(memory.toJson()));
    tree.put("sessions", sessions);
    tree.put("probe", probe);
    return JSON.writeValueAsString(tree);
  }

  /**
   * Reads what another version may have written: what it does not know is passed over.
   *
   * @throws HandoffException when what it needs is missing or means nothing here
   */
  static Estate fromJson(String text) throws HandoffException {
    try {
      JsonNode tree = JSON.readTree(text);
      Revision revision = JSON.treeToValue(tree.required("revision"), Revision.class);
      Snapshot snapshot =
          SnapshotDocument.snapshot(JSON.treeToValue(tree.required("snapshot"), Object.class));
      JsonNode memory = tree.path("memory");
      return new Estate(
          new InForce(revision, snapshot),
          PlaneMemory.fromJson(JSON.writeValueAsBytes(memory)),
          tree.path("sessions").asString(null),
          tree.path("probe").asInt(SelfProbe.NO_ANSWER));
    } catch (JacksonException | IllegalArgumentException | InvalidException e) {
      throw new HandoffException(
          "what the running process serves is not understood by this version: " + e.getMessage(),
          e);
    }
  }
}
