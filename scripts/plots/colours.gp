# SPDX-License-Identifier: MIT
#
# One colour for each backend, in every graph. A library is a family of shades; bare loops are grey. A name that is not
# here gets one of the spare colours, always the same one.
known = ' bare/epoll=#222222 bare/poll=#777777 bare/select=#AAAAAA'\
      . ' epoll=#D7191C poll=#F58518 select=#E3B50A'\
      . ' libevent/epoll=#1F4EB4 libevent/epoll+precise=#4C8BE0 libevent/poll=#66B8E8 libevent/select=#A0CBE8'\
      . ' libev/epoll=#12712E libev/poll=#4DAF4A libev/select=#A6D854 '
spare = '#7A3E9D #B279A2 #8C564B #17A2A2 #E377C2 #6B6ECF #9C755F #3B7A7A'

letters = ' +/0123456789_abcdefghijklmnopqrstuvwxyz'
number(name) = sum [k = 1:strlen(name)] k * strstrt(letters, name[k:k])
at(name) = strstrt(known, ' '.name.'=')
known_colour(name) = known[at(name) + strlen(name) + 2 : at(name) + strlen(name) + 8]
own(name) = strstrt(name, 'api:') == 1 ? name[5:] : name    # a library's own interface has the colour of our wrapper
colour(label) = shade(own(label))
shade(name) = at(name) > 0 ? known_colour(name) : word(spare, 1 + number(name) % words(spare))

# A loop without a library under it is dashed, a library without our wrapper dotted; the mark is that of the mechanism.
dashes(name) = strstrt(name, 'bare/') == 1 ? 2 : strstrt(name, 'api:') == 1 ? 3 : 1
mark(name) = strstrt(name, 'select') > 0 ? 8 : strstrt(name, 'poll') > 0 && strstrt(name, 'epoll') == 0 ? 4 : 6
