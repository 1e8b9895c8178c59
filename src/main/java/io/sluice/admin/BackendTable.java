package io.sluice.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the table of backends, with what it is filtered and sorted by.
 *
 * @param all how many backends there are at all
 * @param total how many fit the filter
 * @param from the first one's place in these, from 1; 0: none
 * @param to the last one's
 * @param previous address of the page before; null: this is the first
 * @param next address of the page behind; null: this is the last
 */
record BackendTable(
    Query query,
    List<Column> columns,
    List<Group> groups,
    List<String> pools,
    int all,
    int total,
    int from,
    int to,
    @Nullable String previous,
    @Nullable String next) {

  /**
   * What a page is asked for.
   *
   * @param q a text; empty: any
   * @param state as the API's; empty: any
   * @param pool empty: all
   * @param sort a column, with a dash before it descending; empty: by pool and id
   */
  record Query(String q, String state, String pool, String sort, int cursor) {
    static final Query ALL = new Query("", "", "", "", 0);

    /** The address of the same in another order; null: unsorted. */
    String sortedBy(@Nullable String other) {
      return Links.of("backends", "q", q, "state", state, "pool", pool, "sort", other);
    }

    /** The address of another page of the same; null: there is none. */
    @Nullable String page(@Nullable Integer from) {
      String sought = from == null || from == 0 ? null : from.toString();
      return from == null
          ? null
          : Links.of(
              "backends", "q", q, "state", state, "pool", pool, "sort", sort, "cursor", sought);
    }

    /** Whether something is left out by it. */
    public boolean filters() {
      return !q.isBlank() || !state.isEmpty() || !pool.isEmpty();
    }
  }

  /**
   * A column's head.
   *
   * @param name the label in full; null: it is that already
   * @param css classes of the head
   * @param sorted {@code ascending}, {@code descending}; null: not by this one
   * @param href where a click leads; null: it cannot be sorted by
   */
  record Column(
      String label,
      @Nullable String name,
      String css,
      @Nullable String sorted,
      @Nullable String href) {}

  /**
   * Lines below one heading.
   *
   * @param pool null: lines of any pools, sorted by something else
   * @param heading how the pool is; empty without one
   * @param trouble whether the pool does not choose as it should
   */
  record Group(@Nullable String pool, String heading, boolean trouble, List<BackendRow> rows) {}

  /** The address of the form that adds one. */
  public String add() {
    return Links.of("backends/new", "pool", query.pool());
  }
}
