#!/bin/sh
case $0 in
*cloudhsm_mgmt*)
    printf '\naws-cloudhsm>'
    while IFS= read -r line; do
        printf '%s\n' "$line" >> "$STUB_LOG"
        set -f; set -- $line; set +f
        done=success
        case $4 in *fail*) done=failed ;; esac
        [ "$STUB_FAILS" != 99 ] || done=failed
        case $1 in
        createUser)
            if [ $# = 4 ]; then
                printf 'Do you want to continue(y/n)?'
                IFS= read -r answer
                if [ "$answer" = y ] && [ $done = success ]; then printf 'Creating User %s on 1 nodes\ncreateUser success on server 0\n' "$3"
                elif [ "$answer" = y ]; then
                    printf 'createUser failed: HSM Error: This user is already created\nRetry/Ignore/Abort?(R/I/A):'
                    IFS= read -r answer
                fi
            fi ;;
        loginHSM) printf 'loginHSM success on server 0\n' ;;
        deleteUser) printf 'Deleting user %s(CU) on 1 nodes\ndeleteUser success on server 0\n' "$3" ;;
        esac
        printf '\naws-cloudhsm>'
    done
    exit ;;
esac
k=262150
n=0
printf '\n\tCommand:  '
while IFS= read -r line; do
    printf '%s\n' "$line" >> "$STUB_LOG"
    set -f; set -- $line; set +f
    n=$((n + 1))
    done="0x00 : HSM Return: SUCCESS"
    [ "$STUB_FAILS" != "$n" ] || done="0x30000085 : HSM Error: RET_FAILED"
    case $1 in
    quit | exit) exit 0 ;;
    esac
    if [ "$STUB_FAILS" = "$n" ]; then
        printf '\n\tCfm3 returned: %s\n' "$done"
    else
        case $1 in
        findKey)
            if [ "$STUB_KEYS" = 0 ]; then printf '\n\tTotal number of keys present: 0\n'
            else printf '\n\tTotal number of keys present: 1\n\n\tNumber of matching keys from start index 0::0\n\n\tHandles of matching keys:\n\t262145\n'; fi ;;
        genSymKey) k=$((k + 1)); printf '\n\tCfm3GenerateSymmetricKey returned: %s\n\n\tSymmetric Key Created.  Key Handle: %s\n' "$done" $k ;;
        esac
        printf '\n\tCfm3 returned: %s\n\n\tCluster Status:\n\tNode id 0 status: 0x00000000 : HSM Return: SUCCESS\n' "$done"
    fi
    printf '\n\tCommand:  '
done
