# SPDX-License-Identifier: MIT
#
# What all graphs have in common. The script that loads this has set base (the data without .tsv), picture and folder.
data = base.'.tsv'
load base.'.gp'    # arms, heading, subject, caption, labels
load folder.'/colours.gp'

is_svg = strstrt(picture, '.svg') > 0
if (is_svg) {
  set terminal svg size 900, page_height dynamic noenhanced font 'DejaVu Sans,Helvetica,sans-serif,13' background 'white'
} else {
  set terminal pngcairo size 900, page_height noenhanced font 'DejaVu Sans,10.5' background 'white'
}
set output picture
set encoding utf8

set border 3 lc rgb '#888888'
set tics nomirror tc rgb '#333333'
set grid lc rgb '#E4E4E4' lw 1, lc rgb '#F1F1F1' lw 1
set label 1 heading at screen 0.02, screen 1 - 24.0 / page_height left font ',15' tc rgb '#111111'
set label 2 subject at screen 0.02, screen 1 - 47.0 / page_height left tc rgb '#555555'
set label 3 caption at screen 0.02, screen 31.0 / page_height left font ',8' tc rgb '#888888'
set tmargin at screen 1 - 72.0 / page_height
set bmargin at screen 108.0 / page_height
set lmargin at screen 0.085
