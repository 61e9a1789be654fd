cat <<EOF
plain $x and ${y:-z} and $(echo "sub") and `echo back` and \$kept
it's "quoted" here
EOF
cat <<'EOF' > out; echo same line
nothing $x $(expands) `here`
EOF
cat <<-"END"
	tabs
		are taken off
	END
cat <<A - <<B | sort
first
A
second $x
B
if true; then
  kubectl apply -f - <<MANIFEST
apiVersion: v1
data:
  token: "$TOKEN"
MANIFEST
fi
value=$(cat <<INNER
inside $x
INNER
)
ssh host <<\REMOTE
echo $HOME
REMOTE
while read -r line; do echo "$line"; done <<LINES
one
two
LINES
f() {
  cat <<F
in a function
F
}
python3 - <<PY && echo done
print("a")
PY
cat <<EMPTY
EMPTY
