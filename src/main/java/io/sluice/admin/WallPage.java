package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.telemetry.Statistics;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** For a screen on the wall: what can be read from across the room, and nothing to press. */
@Controller
final class WallPage {
  /** More would be too small to read; those that are well are left out first. */
  private static final int MOST_CELLS = 120;

  private final PageShell shell;
  private final Changes changes;
  private final Management management;
  private final OverviewPage overview;
  private final Formats fmt;

  WallPage(
      PageShell shell, Changes changes, Management management, OverviewPage overview, Formats fmt) {
    this.shell = shell;
    this.changes = changes;
    this.management = management;
    this.overview = overview;
    this.fmt = fmt;
  }

  /** A backend on the board. */
  record Cell(String pool, String id, ShownState state, String rps) {}

  @GetMapping("/wall")
  Rendering show(ServerWebExchange exchange) {
    Fleet fleet = new Fleet(changes.world(), management.dataPlane(), fmt);
    Fleet.Counts counts = fleet.counts();
    Map<String, @Nullable Object> model = shell.of(exchange, "wall", "Wall");
    model.put("headline", counts.headline(fmt));
    model.put("sub", counts.others(fmt));
    model.put("tiles", overview.tiles(fleet));
    List<Cell> cells = cells(fleet);
    model.put("cells", cells);
    model.put("more", counts.total() - cells.size());
    model.put("at", fleet.now());
    model.put("refresh", "5");
    return PageShell.page("wall", model);
  }

  /** What needs attention first, then in the order of pools and ids. */
  private List<Cell> cells(Fleet fleet) {
    Statistics statistics = management.statistics();
    record Shown(Placed placed, ShownState state) {}
    return fleet.world().backends().stream()
        .map(placed -> new Shown(placed, fleet.state(placed)))
        .sorted(Comparator.comparing(shown -> shown.state.kind()))
        .limit(MOST_CELLS)
        .map(
            shown ->
                new Cell(
                    shown.placed.pool().id(),
                    shown.placed.backend().id(),
                    shown.state,
                    fmt.rate(
                        (double) statistics.last(BackendRows.series(shown.placed)).requests())))
        .toList();
  }
}
