package io.sluice.admin;

import io.sluice.store.History;
import io.sluice.store.History.Listed;
import io.sluice.store.History.Place;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Changes of health of all backends, those that are gone included. */
@RestController
@RequestMapping(path = "/api/v1/transitions", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "health")
final class TransitionsController {
  private final Changes changes;
  private final History history;

  TransitionsController(Changes changes, Management management) {
    this.changes = changes;
    this.history = management.history();
  }

  @GetMapping
  @Operation(
      operationId = "listTransitions",
      summary = "Lists changes of health and ejections of all backends, newest first")
  ResponseEntity<byte[]> list(Call call) {
    int limit = Pages.limit(call);
    // one more than asked for tells whether there is a next page
    List<Listed> found = history.transitions(behind(call), limit + 1);
    boolean more = found.size() > limit;
    List<Listed> items = more ? found.subList(0, limit) : found;
    String next = more ? Pages.cursor(key(items.getLast().place())) : null;
    return Answers.page(
        call,
        new Pages.Page<>(items, next, -1),
        changes.inForce().revision().number(),
        TransitionsController::view);
  }

  private static String key(Place place) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, place.at()) + " " + place.number();
  }

  private static Place behind(Call call) {
    String after = Pages.after(call);
    if (after == null) {
      return Place.START;
    }
    if (!after.matches("[0-9]{1,18} [0-9]{1,18}")) {
      throw Refusals.parameter("cursor", "it is of another list");
    }
    int space = after.indexOf(' ');
    Instant at = Instant.EPOCH.plus(Long.parseLong(after.substring(0, space)), ChronoUnit.MICROS);
    return new Place(at, Long.parseLong(after.substring(space + 1)));
  }

  private static Map<String, @Nullable Object> view(Listed listed) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("number", listed.place().number());
    view.put("at", IsoTimes.text(listed.place().at()));
    view.put("pool", listed.transition().pool());
    view.put("id", listed.transition().backend());
    view.put("from", listed.transition().from());
    view.put("to", listed.transition().to());
    view.put("cause", listed.transition().cause());
    return view;
  }
}
