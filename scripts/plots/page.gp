# SPDX-License-Identifier: MIT
#
# What all graphs have in common. The script that loads this has set base (the data without .tsv), picture and folder.
data = base.'.tsv'
load base.'.gp'    # arms, heading, subject, labels, machine, command
load folder.'/colours.gp'
# A legend that is higher than the plot gets a second column, which would be outside the picture.
legend_height = 20 * words(arms) + 200
if (legend_height > page_height) page_height = legend_height

is_svg = strstrt(picture, '.svg') > 0
if (is_svg) {
  set terminal svg size 900, page_height dynamic noenhanced dashlength 0.7 font 'DejaVu Sans,Helvetica,sans-serif,13' background 'white'
} else {
  set terminal pngcairo size 900, page_height noenhanced dashlength 0.7 font 'DejaVu Sans,10.5' background 'white'
}
small = is_svg ? ',10' : ',8'
set output picture
set encoding utf8

set border 3 lc rgb '#888888'
set tics nomirror tc rgb '#333333'
set grid lt 1 lw 1 lc rgb '#E2E2E2'
set label 1 heading at screen 0.02, screen 1 - 24.0 / page_height left font (is_svg ? ',19' : ',15') tc rgb '#111111'
set label 2 subject at screen 0.02, screen 1 - 47.0 / page_height left tc rgb '#555555'
set label 3 machine at screen 0.02, screen 33.0 / page_height left font small tc rgb '#777777'
set label 4 command at screen 0.02, screen 17.0 / page_height left font small tc rgb '#777777'
set tmargin at screen 1 - 72.0 / page_height
set bmargin at screen 108.0 / page_height
set lmargin at screen 0.11
set rmargin at screen 0.715
set key at screen 0.73, screen 1 - 66.0 / page_height left top Left reverse samplen 2.6 spacing 1.2
