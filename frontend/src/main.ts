import "./styles/index.css";
import { start } from "./islands/mount";

start();
