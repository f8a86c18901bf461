# SPDX-License-Identifier: MIT
#
# What a library and our wrapper over it take as multiples of the bare loop, a row a scenario.
#   gnuplot -c scripts/plots/triplets.gp RUN/plots/data/NAME picture.svg
base = ARG1
rows = words(system("awk 'NR > 1 { print $1 }' '".base.".tsv'"))
page_height = 190 + 30 * rows
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

set lmargin at screen 0.42
set rmargin at screen 0.97
set logscale x
set xrange [real(x_least) : real(x_most) * (real(x_most) / real(x_least)) ** 0.5]
set yrange [rows + 0.6 : 0.4]
set xlabel x_label
load folder.'/ratio_tics.gp'
unset key
set ytics scale 0
set grid noytics
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#222222' lw 1 dt 2 front
set datafile separator tab
shade = colour(arms)
plot data using 2:($0 + 0.85):3:4:ytic(1) with xerrorbars pt 6 ps 1 lw 1.3 lc rgb shade notitle, \
     data using 5:($0 + 1.15):6:7 with xerrorbars pt 7 ps 1 lw 1.3 lc rgb shade notitle, \
     data using ($5 > $2 ? $7 : $4):($0 + 1):8 with labels left offset 0.8, 0 font small tc rgb '#333333' notitle
