# bash completion for tided(8).

# The policies of the running daemon, from the table of its status; silent when there is none.
_tided_policies() {
    local socket=() i
    for ((i = 2; i < COMP_CWORD; i++)); do
        if [ "${COMP_WORDS[i - 1]}" = --socket ]; then
            socket=(--socket "${COMP_WORDS[i]}")
        fi
    done
    "${COMP_WORDS[0]}" status --all "${socket[@]}" 2>/dev/null |
        awk 'table && NF { print $1 } /^POLICY +POOL +MODE / { table = 1 }'
}

_tided_offer() {
    mapfile -t COMPREPLY < <(compgen "${@:2}" -- "$1")
}

# The value of an option; fails when the word before takes none.
_tided_value() {
    case $1 in
    --config | --data | --socket) _tided_offer "$2" -f ;;
    --state) _tided_offer "$2" -d ;;
    --format) _tided_offer "$2" -W "text openmetrics" ;;
    --promql) _tided_offer "$2" -W "2 3" ;;
    --policy) _tided_offer "$2" -W "$(_tided_policies)" ;;
    --at | --reason | --for | --to | --vpa | --time | --lookback | --start | --end | --step) ;;
    *) return 1 ;;
    esac
}

_tided() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local commands="run check status explain pause resume approve brake release reload parse query step checkpoint state version"
    local options=--help
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _tided_offer "$cur" -W "$commands --help --version"
        return
    fi
    if _tided_value "$prev" "$cur"; then
        return
    fi
    case $command in
    run) options+=" --config --once" ;;
    status) options+=" --socket --all" ;;
    reload | resume | release) options+=" --socket" ;;
    brake) options+=" --socket --reason" ;;
    approve) options+=" --socket --to --withdraw --reason --for" ;;
    explain) options+=" --socket --at" ;;
    pause) options+=" --socket --reason --for" ;;
    parse) options+=" --format" ;;
    query) options+=" --data --promql --time --lookback --start --end --step" ;;
    step) options+=" --config --policy" ;;
    checkpoint) options+=" --socket --vpa" ;;
    state) options+=" --state" ;;
    esac
    case $cur:$command:$prev in
    -*) _tided_offer "$cur" -W "$options" ;;
    *:explain:* | *:pause:* | *:resume:* | *:approve:*) _tided_offer "$cur" -W "$(_tided_policies)" ;;
    *:checkpoint:export | *:checkpoint:import) _tided_offer "$cur" -W "$(_tided_policies)" ;;
    *:checkpoint:checkpoint) _tided_offer "$cur" -W "export import" ;;
    *:check:* | *:parse:* | *:checkpoint:* | *:state:import) _tided_offer "$cur" -f ;;
    *:state:*) _tided_offer "$cur" -W "export import" ;;
    *) _tided_offer "$cur" -W "$options" ;;
    esac
}

complete -o filenames -F _tided tided
