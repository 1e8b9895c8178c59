/** Which keys do what. */
import { page } from "../page";
import { closeDialog, Modal } from "./overlay";

const READING: readonly (readonly [string, string])[] = [
  ["/", "to the filter"],
  ["j k", "next and previous backend; arrows too while in the table"],
  ["Enter", "the backend's page"],
  ["?", "this"],
  ["Esc", "closes what is open, empties the filter or the selection"],
];

const WRITING: readonly (readonly [string, string])[] = [
  ["d", "drain"],
  ["m", "maintenance"],
  ["r", "ready"],
  ["e", "edit"],
  ["x", "select; with Shift and a click, all between"],
];

export function Help() {
  const keys = page.may("operator") ? [...READING, ...WRITING] : READING;
  return (
    <Modal title="Keys">
      <p>Letters count while no field has the focus.</p>
      <dl class="kv left">
        {keys.map(([key, text]) => (
          <>
            <dt key={`${key} key`}>
              {key.split(" ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd key={`${key} text`}>{text}</dd>
          </>
        ))}
      </dl>
      <div class="row">
        <button type="button" class="button" onClick={closeDialog}>
          Close
        </button>
      </div>
    </Modal>
  );
}
