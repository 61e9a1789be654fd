echo plain 'single $x `y`' "double $x ${x} $(echo "inner $(echo deep)")" $'ansi\n\t\x41\'' $"localised"
echo a\ b "c\"d" 'e'"f"g\
h "" ''
echo `date` `echo \`whoami\` \$HOME` "in quotes `echo now`"
echo ${x:-a b} ${x:="c d"} ${x:+${y:-z}} ${x%.*} ${x##*/} ${#x} ${!x} ${x/a/b} ${x//\//_} ${x:1:2} ${x^^} ${x,,} ${x@Q}
echo "${x:-'single'}" "${x#'a b'}" "${x:-"nested quotes"}" "${arr[@]}" "${arr[$((i + 1))]}"
echo $1 $# $? $$ $! $- $@ $* $0 ${10} "$@" $x_y ${x}y $ "a $ b" $.
echo $((1 + 2 * (3 - x))) $(( $(wc -l < file) + ${#x} )) "$((x ? y : z))"
echo {a,b}{1..3} *.txt [a-z]? ~/bin ~root
echo a#b '#' \# "#" # a comment with "quotes' and $(stuff
diff <(sort a) <(sort -r b | uniq) > >(tee out)
cat < in > out >> log 2> err 2>> err 2>&1 >&2 <&3 3<&- <> both >| force &> all &>> all <<< "here $string"
exec 3>&1 4< file
A=1 B="two $x" C=$(cmd) D= E='' env | sort
export PATH="$HOME/bin:$PATH" PLAIN EMPTY=
local_var=${1-} array[3]=x array[i+1]="y z" text+=more list=() list+=(a b)
true && false || echo "neither"; sleep 1 & wait; ! false | true
(cd /tmp && ls; (nested)) | { read -r line; echo "$line"; }
time ls; time -p ls | wc
[ -f x ] && [ "$a" = "$b" -o "$c" != d ]
[[ -f $x && ! -d "y" || ( $a == *.sh && $b < $c ) ]]
[[ "$line" =~ [[:space:]]*(a|b)? ]] && echo "${BASH_REMATCH[1]}"
((x > 1 && y < 2)) && ((z += 1))
if a; then b; elif c; then d; else e; fi
while read -r a b; do echo "$a"; done < <(cmd)
until false; do break; done
case $x in a) ;; b|c) echo 1 ;& d) echo 2 ;;& *) echo 3; esac
f () { g; }
h () ( i )
function j { k; }
function l() { m; } 2>/dev/null
curl -fsSL -H "Authorization: Bearer ${TOKEN}" "https://api.example/v1/$id?a=b&c=d" | jq -r '.items[] | "\(.name)=\(.value)"' | while IFS== read -r k v; do export "$k=$v"; done
awk '{ print $1 }' file; sed -e 's/a/b/;s#c#d#' -i.bak f; find . -name '*.o' -exec rm {} \; -o -print
trap 'rm -f "$tmp"' EXIT INT
eval "$(ssh-agent -s)"
