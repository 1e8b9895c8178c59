package io.sluice.admin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** What has happened, filtered by the address; as a page and as a file for a spreadsheet. */
@Controller
final class ActivityPage {
  private static final List<String> KINDS = List.of("", "revision", "health", "operation", "audit");
  private static final int PAGE = 100;
  private static final int MOST_LINES = 10_000;
  private static final int LONGEST_TEXT = 200;
  private static final int LONGEST_CURSOR = 400;

  private final PageShell shell;
  private final Activity activity;

  ActivityPage(PageShell shell, Activity activity) {
    this.shell = shell;
    this.activity = activity;
  }

  @GetMapping("/activity")
  Rendering show(ServerWebExchange exchange) {
    Activity.Wanted wanted = wanted(exchange);
    String cursor = exchange.getRequest().getQueryParams().getFirst("cursor");
    if (cursor != null && (cursor.isEmpty() || cursor.length() > LONGEST_CURSOR)) {
      throw Refusals.parameter("cursor", "it is not one that a page has given; begin without it");
    }
    Activity.Part part = activity.page(wanted, cursor, PAGE);
    Map<String, @Nullable Object> model = shell.of(exchange, "activity", "Activity");
    model.put("entries", part.entries());
    String[] same = {"q", wanted.text(), "kind", wanted.kind()};
    model.put("newest", Links.of("activity", same));
    model.put("csv", Links.of("activity.csv", same));
    model.put("next", part.next() == null ? null : older(wanted, part.next()));
    model.put("kind", wanted.kind());
    model.put("text", wanted.text());
    model.put("begun", cursor == null);
    return PageShell.page("activity", model);
  }

  private static String older(Activity.Wanted wanted, String cursor) {
    return Links.of("activity", "q", wanted.text(), "kind", wanted.kind(), "cursor", cursor);
  }

  @GetMapping("/activity.csv")
  ResponseEntity<byte[]> file(ServerWebExchange exchange) {
    Activity.Wanted wanted = wanted(exchange);
    List<ActivityEntry> entries = new ArrayList<>();
    String cursor = null;
    do {
      Activity.Part part = activity.page(wanted, cursor, MOST_LINES - entries.size());
      entries.addAll(part.entries());
      cursor = part.next();
    } while (cursor != null && entries.size() < MOST_LINES);
    return ResponseEntity.ok()
        .contentType(new MediaType("text", "csv", StandardCharsets.UTF_8))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            ContentDisposition.attachment().filename("sluice-activity.csv").build().toString())
        .body(ActivityCsv.of(entries).getBytes(StandardCharsets.UTF_8));
  }

  private static Activity.Wanted wanted(ServerWebExchange exchange) {
    MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
    boolean admin = Caller.roleOf(exchange) == Role.ADMIN;
    String kind = text(query, "kind");
    if (!KINDS.contains(kind)) {
      throw Refusals.parameter("kind", "expected revision, health, operation or audit");
    }
    if (kind.equals("audit") && !admin) {
      throw Refusals.of(403, "forbidden", "The audit is for the role admin.");
    }
    return new Activity.Wanted(kind, text(query, "q"), admin);
  }

  private static String text(MultiValueMap<String, String> query, String name) {
    String value = query.getFirst(name);
    return value == null ? "" : value.substring(0, Math.min(LONGEST_TEXT, value.length()));
  }
}
