package io.sluice.admin;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** All backends of all pools. */
@Controller
final class BackendsPage {
  private final PageShell shell;
  private final Changes changes;
  private final Management management;
  private final BackendTables tables;
  private final Formats fmt;

  BackendsPage(
      PageShell shell, Changes changes, Management management, BackendTables tables, Formats fmt) {
    this.shell = shell;
    this.changes = changes;
    this.management = management;
    this.tables = tables;
    this.fmt = fmt;
  }

  @GetMapping("/backends")
  Rendering show(ServerWebExchange exchange) {
    BackendTable.Query query = BackendTables.query(exchange.getRequest().getQueryParams());
    Fleet fleet = new Fleet(changes.world(), management.dataPlane(), fmt);
    Map<String, @Nullable Object> model = shell.of(exchange, "backends", "Backends");
    BackendTable table = tables.page(fleet, query);
    model.put("table", table);
    model.put(
        "sub",
        table.all() == 0
            ? ""
            : fmt.number(table.all()) + " in " + fmt.count(table.pools().size(), "pool"));
    model.put("origin", Origin.of(exchange));
    return PageShell.page("backends", model);
  }
}
