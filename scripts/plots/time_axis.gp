# SPDX-License-Identifier: MIT
#
# A logarithmic axis of time for the second column of the data, which is in nanoseconds; with few decades, 2 and 5 get
# a tick, too.
stats data using 1:2 nooutput
set yrange [STATS_min_y * 0.7e-9 : STATS_max_y * 1.4e-9]
set ylabel y_label offset -1
set format y '%.0s %cs'
if (STATS_max_y / STATS_min_y < 300) {
  do for [decade = -9:1] {
    do for [step = 2:5:3] { set ytics add (gprintf('%.0s %cs', step * 10.0 ** decade) step * 10.0 ** decade) }
  }
}
