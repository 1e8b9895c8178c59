package io.sluice.admin;

import io.sluice.admin.Sessions.Moved;
import io.sluice.store.Accounts;
import io.sluice.store.Accounts.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a management plane leaves to the one of the next process: its sessions, so that an upgrade
 * logs nobody out. Keys of repeatable calls and counts of failed logins do not move. The text holds
 * secrets, and versions may differ on what is in it.
 */
final class AdminMemory {
  private static final Logger log = LoggerFactory.getLogger(AdminMemory.class);
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private AdminMemory() {}

  static String write(Sessions sessions) {
    return MAPPER.writeValueAsString(Map.of("sessions", sessions.all()));
  }

  /**
   * Goes on with the sessions whose users are as they were. Blocks for the store.
   *
   * @throws io.sluice.store.StoreException when the store fails; nobody is logged in then
   */
  static void restore(String json, Sessions sessions, Accounts accounts) {
    List<Moved> valid = new ArrayList<>();
    for (Moved moved : read(json)) {
      User user = accounts.user(moved.user());
      if (user != null
          && moved.role().word().equals(user.role())
          && !user.changedAt().isAfter(moved.begunAt())) {
        valid.add(moved);
      }
    }
    sessions.resume(valid);
  }

  private static List<Moved> read(String json) {
    List<Moved> all = new ArrayList<>();
    try {
      for (JsonNode each : MAPPER.readTree(json).path("sessions")) {
        Moved moved = MAPPER.treeToValue(each, Moved.class);
        if (isWhole(moved)) {
          all.add(moved);
        }
      }
    } catch (JacksonException e) {
      // Not the exception: it may show what it could not read.
      log.warn("the sessions of the process before are of a form that is unknown here");
    }
    return all;
  }

  private static boolean isWhole(Moved moved) {
    return moved != null
        && moved.idHash() != null
        && moved.user() != null
        && moved.role() != null
        && moved.csrfToken() != null
        && moved.begunAt() != null
        && moved.lastCall() != null;
  }
}
