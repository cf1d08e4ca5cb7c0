"""Why a promotion or a coupon was not applied: one word for programs, one sentence for a person."""

from __future__ import annotations

import enum

from kiosk.domain.context import Misfit


class Reason(enum.StrEnum):
    """The first thing that stood in the way. The words up to `CUSTOMER_TIER` are those of `Misfit`."""

    NOT_YET = "not_yet"
    OVER = "over"
    WEEKDAY = "weekday"
    HOUR = "hour"
    STORE = "store"
    REGION = "region"
    CHANNEL = "channel"
    FULFILMENT = "fulfilment"
    CUSTOMER_GROUP = "customer_group"
    CUSTOMER_TIER = "customer_tier"
    NO_GOODS = "no_goods"
    NEEDS_PIECES = "needs_pieces"
    NEEDS_VALUE = "needs_value"
    NEEDS_KINDS = "needs_kinds"
    PIECES_TAKEN = "pieces_taken"
    COUPON_MISSING = "coupon_missing"
    COUPON_UNKNOWN = "coupon_unknown"
    COUPON_GIVEN_TWICE = "coupon_given_twice"
    COUPON_ONE_TOO_MANY = "coupon_one_too_many"
    COUPON_USED_UP = "coupon_used_up"
    COUPON_PER_CUSTOMER = "coupon_per_customer"
    COUPON_NOT_CHECKED = "coupon_not_checked"
    CUSTOMER_UNKNOWN = "customer_unknown"
    BUDGET_SPENT = "budget_spent"
    BUDGET_CUT = "budget_cut"
    CAPPED = "capped"
    DRIVEN_OUT_BY_EXCLUSIVE = "driven_out_by_exclusive"
    BEATEN_IN_GROUP = "beaten_in_group"
    NOTHING_LEFT = "nothing_left"
    FLOOR_REACHED = "floor_reached"
    GIVES_NOTHING = "gives_nothing"


_SENTENCES = {
    Reason.NOT_YET: "It has not begun yet.",
    Reason.OVER: "It is over.",
    Reason.WEEKDAY: "It does not run on this day of the week.",
    Reason.HOUR: "It does not run at this hour.",
    Reason.STORE: "It does not run in this store.",
    Reason.REGION: "It does not run in this region.",
    Reason.CHANNEL: "It does not run on this channel.",
    Reason.FULFILMENT: "It does not run for goods that are handed over this way.",
    Reason.CUSTOMER_GROUP: "It is for a group of customers to which this one does not belong.",
    Reason.CUSTOMER_TIER: "It is for customers of another tier.",
    Reason.NO_GOODS: "None of the goods that it reduces are in the basket.",
    Reason.NEEDS_PIECES: "The basket holds too few pieces of the goods that it needs.",
    Reason.NEEDS_VALUE: "The goods that it needs are not worth enough.",
    Reason.NEEDS_KINDS: "The basket holds too few different goods of those that it needs.",
    Reason.PIECES_TAKEN: "The pieces that it needs are used by another promotion.",
    Reason.COUPON_MISSING: "It needs a coupon that was not given.",
    Reason.COUPON_UNKNOWN: "No promotion knows this coupon.",
    Reason.COUPON_GIVEN_TWICE: "This very coupon was given before.",
    Reason.COUPON_ONE_TOO_MANY: "The basket has used as many coupons of this promotion as it may.",
    Reason.COUPON_USED_UP: "The coupon has been used as often as it may.",
    Reason.COUPON_PER_CUSTOMER: "This customer has used the coupon as often as they may.",
    Reason.COUPON_NOT_CHECKED: "The uses of the coupon could not be looked up.",
    Reason.CUSTOMER_UNKNOWN: "The coupon counts per customer, and the customer is not known.",
    Reason.BUDGET_SPENT: "The budget of the campaign is spent.",
    Reason.BUDGET_CUT: "The discount was cut to what the budget of the campaign still held.",
    Reason.CAPPED: "The discount was cut to the most that it may take off a basket.",
    Reason.DRIVEN_OUT_BY_EXCLUSIVE: "An exclusive promotion applies alone.",
    Reason.BEATEN_IN_GROUP: "Another promotion of its group was applied.",
    Reason.NOTHING_LEFT: "Other promotions left nothing that it may reduce.",
    Reason.FLOOR_REACHED: "The goods cost the least that they may already.",
    Reason.GIVES_NOTHING: "On these goods it takes nothing off.",
}


def sentence(reason: Reason) -> str:
    """The reason in a person's words, in English: the key of a translation."""
    return _SENTENCES[reason]


def of_misfit(misfit: Misfit) -> Reason:
    """The reason that a scope which does not hold stands for."""
    return Reason(misfit.value)
