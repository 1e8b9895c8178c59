package io.sluice.control;

import io.sluice.balance.Pool;
import io.sluice.config.Snapshot;
import io.sluice.control.PoolParts.ChangedPool;
import io.sluice.control.PoolParts.NewPool;
import io.sluice.proxy.RequestFilter;
import io.sluice.proxy.RoutingTable;
import java.util.List;
import java.util.Map;

/**
 * A change of pools and routes of which everything that can fail is done, and nothing has happened.
 *
 * @param wanted what will be in force
 * @param pools all of them, by id, in declaration order
 * @param filters the extensions' filters of each route that has some
 * @param table the routes; the one in force when nothing of it changes
 */
record Prepared(
    Snapshot wanted,
    Map<String, Pool> pools,
    List<NewPool> added,
    List<ChangedPool> changed,
    List<Pool> removed,
    Map<String, List<RequestFilter>> filters,
    RoutingTable table) {}
