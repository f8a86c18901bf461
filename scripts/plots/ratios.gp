# SPDX-License-Identifier: MIT
#
# What each arm takes as a multiple of the baseline: a bar from 1 to the median ratio, and its interval. What is not
# beyond the grey margin has no verdict, or is the same.
#   gnuplot -c scripts/plots/ratios.gp RUN/plots/data/NAME picture.svg
page_height = 190 + 26 * words(system("awk 'NR > 1 { print $1 }' '".ARG1.".tsv'"))
base = ARG1
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

count = words(arms)
set lmargin at screen 0.225
set rmargin at screen 0.97
set logscale x
set xrange [real(x_least) : real(x_most) * (real(x_most) / real(x_least)) ** 0.28]
set yrange [count + 0.6 : 0.4]
set xlabel x_label
load folder.'/ratio_tics.gp'
unset key
set ytics scale 0 ()
do for [i = 1:count] { set ytics add (word(arms, i) i) }
set grid noytics
set object 1 rectangle from first 1 - real(margin), graph 0 to first 1 + real(margin), graph 1 behind \
  fillcolor rgb '#E8E8E8' fillstyle solid noborder
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#222222' lw 1 dt 2 front
set datafile separator tab
set style fill solid 0.85 noborder
plot for [i = 1:count] data every ::i - 1::i - 1 using 2:(i):(1):2:(i - 0.34):(i + 0.34) with boxxyerror \
       lc rgb colour(word(arms, i)) notitle, \
     for [i = 1:count] data every ::i - 1::i - 1 using 2:(i):3:4 with xerrorbars pt -1 lw 1.5 lc rgb '#333333' notitle, \
     for [i = 1:count] data every ::i - 1::i - 1 using ($4 > 1 ? $4 : 1):(i):5 with labels left offset 0.8, 0 \
       tc rgb '#333333' notitle
