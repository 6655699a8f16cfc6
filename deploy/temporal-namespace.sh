#!/bin/sh
# The namespace, and what runs are found by: the search attributes of src/temporal/search-attributes.ts.
set -eu
namespace=${TEMPORAL_NAMESPACE:-default}

temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 720h

known=$(temporal operator search-attribute list --namespace "$namespace")
add() {
  case "$known" in
    *" $1 "*) ;;
    *) temporal operator search-attribute create --namespace "$namespace" --name "$1" --type "$2" ;;
  esac
}
add ServiceSubscriber Keyword
add PaymentStatus Keyword
add Disposition Keyword
add CustomerUuid Keyword
add InvoiceGuid Keyword
add Currency Keyword
add AmountMinor Int
add ReviewDueAt Datetime
add AssignedTo Keyword
add RefundStatus Keyword
add NeedsAttention Bool
