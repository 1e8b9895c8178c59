/** Which action opens what. */
import type { Action, Target } from "../actions";
import { asApiError } from "../api/client";
import { to } from "../page";
import { store } from "../store/live";
import { Add } from "./add";
import { Bulk } from "./bulk";
import { ready } from "./calls";
import { Check } from "./check";
import { Edit } from "./edit";
import { Help } from "./help";
import { openDrawer, showDialog, showProblem, showSnack } from "./overlay";
import { Rollback } from "./rollback";
import { TakeOut } from "./take-out";

export function open(action: Action, target: Target): void {
  const { pool, id, from } = target;
  switch (action) {
    case "drain":
      drain(target);
      break;
    case "maint":
    case "remove":
      showDialog(
        <TakeOut key={`${action} ${pool}/${id}`} verb={action} pool={pool} id={id} />,
        from,
      );
      break;
    case "ready":
      ready({ pool, id }).then(showSnack, (error: unknown) =>
        showProblem(`${id} is not ready`, asApiError(error), from),
      );
      break;
    case "edit":
      showDialog(<Edit key={`${pool}/${id}`} pool={pool} id={id} />, from);
      break;
    case "add":
      showDialog(<Add pool={pool} />, from);
      break;
    case "check":
      showDialog(<Check key={`${pool}/${id}`} pool={pool} id={id} />, from);
      break;
    case "operation":
      openDrawer(id);
      break;
    case "rollback":
      showDialog(<Rollback number={Number(target.number)} />, from);
      break;
    case "bulk":
      showDialog(<Bulk verb={target.verb} keys={target.keys} />, from);
      break;
    case "help":
      showDialog(<Help />, from);
      break;
    default:
      location.assign(to(""));
  }
}

/** What drains already shows how far it is; a drain is asked for once. */
function drain({ pool, id, from }: Target): void {
  const running = store.running(pool, id);
  if (running) {
    openDrawer(running.id);
  } else {
    showDialog(<TakeOut key={`drain ${pool}/${id}`} verb="drain" pool={pool} id={id} />, from);
  }
}
