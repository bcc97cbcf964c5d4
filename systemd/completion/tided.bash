# bash completion for tided(8).

_tided_policies() {
    # Asks the running daemon; silent when there is none.
    "$1" status 2>/dev/null | awk 'NR > 1 && NF > 1 { print $1 }'
}

_tided() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local commands="run check status explain pause resume reload parse query step state version help"
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
        return
    fi
    case $prev in
    --config | --data | --socket)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --format)
        mapfile -t COMPREPLY < <(compgen -W "text openmetrics" -- "$cur")
        return
        ;;
    --promql)
        mapfile -t COMPREPLY < <(compgen -W "2 3" -- "$cur")
        return
        ;;
    --policy)
        mapfile -t COMPREPLY < <(compgen -W "$(_tided_policies "${COMP_WORDS[0]}")" -- "$cur")
        return
        ;;
    esac
    local options="--help"
    case $command in
    run) options+=" --config --once" ;;
    status | reload) options+=" --socket" ;;
    explain) options+=" --socket --at" ;;
    pause) options+=" --socket --reason --for" ;;
    resume) options+=" --socket" ;;
    parse) options+=" --format" ;;
    query) options+=" --data --promql --time --lookback --start --end --step" ;;
    step) options+=" --config --policy" ;;
    state) options+=" --state export import" ;;
    esac
    case $cur:$command in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
    *:explain | *:pause | *:resume)
        mapfile -t COMPREPLY < <(compgen -W "$(_tided_policies "${COMP_WORDS[0]}")" -- "$cur")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -f -W "$options" -- "$cur") ;;
    esac
}

complete -o filenames -F _tided tided
