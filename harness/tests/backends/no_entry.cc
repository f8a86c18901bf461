// SPDX-License-Identifier: MIT
//
// A shared object that is no module: it exports nothing.
