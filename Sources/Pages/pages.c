// Written by scripts/embed-pages from the files below.
#include "pages.h"

static const unsigned char page_0[] = {
#embed "files/app.webmanifest"
};
static const unsigned char page_1[] = {
#embed "files/css/base.css"
};
static const unsigned char page_2[] = {
#embed "files/css/figures.css"
};
static const unsigned char page_3[] = {
#embed "files/css/parts.css"
};
static const unsigned char page_4[] = {
#embed "files/css/shell.css"
};
static const unsigned char page_5[] = {
#embed "files/css/tokens.css"
};
static const unsigned char page_6[] = {
#embed "files/icon-180.png"
};
static const unsigned char page_7[] = {
#embed "files/icon-512.png"
};
static const unsigned char page_8[] = {
#embed "files/icon.svg"
};
static const unsigned char page_9[] = {
#embed "files/index.html"
};
static const unsigned char page_10[] = {
#embed "files/js/api.js"
};
static const unsigned char page_11[] = {
#embed "files/js/chart.js"
};
static const unsigned char page_12[] = {
#embed "files/js/common.js"
};
static const unsigned char page_13[] = {
#embed "files/js/console/deliveries.js"
};
static const unsigned char page_14[] = {
#embed "files/js/console/desk.js"
};
static const unsigned char page_15[] = {
#embed "files/js/console/member.js"
};
static const unsigned char page_16[] = {
#embed "files/js/console/members.js"
};
static const unsigned char page_17[] = {
#embed "files/js/console/money.js"
};
static const unsigned char page_18[] = {
#embed "files/js/console/operators.js"
};
static const unsigned char page_19[] = {
#embed "files/js/console/orders.js"
};
static const unsigned char page_20[] = {
#embed "files/js/console/overview.js"
};
static const unsigned char page_21[] = {
#embed "files/js/days.js"
};
static const unsigned char page_22[] = {
#embed "files/js/dialog.js"
};
static const unsigned char page_23[] = {
#embed "files/js/door.js"
};
static const unsigned char page_24[] = {
#embed "files/js/explorer/account.js"
};
static const unsigned char page_25[] = {
#embed "files/js/explorer/block.js"
};
static const unsigned char page_26[] = {
#embed "files/js/explorer/ledgertrade.js"
};
static const unsigned char page_27[] = {
#embed "files/js/explorer/lists.js"
};
static const unsigned char page_28[] = {
#embed "files/js/explorer/parts.js"
};
static const unsigned char page_29[] = {
#embed "files/js/explorer/search.js"
};
static const unsigned char page_30[] = {
#embed "files/js/explorer/transaction.js"
};
static const unsigned char page_31[] = {
#embed "files/js/flow.js"
};
static const unsigned char page_32[] = {
#embed "files/js/format.js"
};
static const unsigned char page_33[] = {
#embed "files/js/household.js"
};
static const unsigned char page_34[] = {
#embed "files/js/html.js"
};
static const unsigned char page_35[] = {
#embed "files/js/ladder.js"
};
static const unsigned char page_36[] = {
#embed "files/js/led.js"
};
static const unsigned char page_37[] = {
#embed "files/js/live.js"
};
static const unsigned char page_38[] = {
#embed "files/js/main.js"
};
static const unsigned char page_39[] = {
#embed "files/js/names.js"
};
static const unsigned char page_40[] = {
#embed "files/js/notices.js"
};
static const unsigned char page_41[] = {
#embed "files/js/notify.js"
};
static const unsigned char page_42[] = {
#embed "files/js/offerform.js"
};
static const unsigned char page_43[] = {
#embed "files/js/operator.js"
};
static const unsigned char page_44[] = {
#embed "files/js/page.js"
};
static const unsigned char page_45[] = {
#embed "files/js/pair.js"
};
static const unsigned char page_46[] = {
#embed "files/js/panels/day.js"
};
static const unsigned char page_47[] = {
#embed "files/js/panels/devices.js"
};
static const unsigned char page_48[] = {
#embed "files/js/panels/home.js"
};
static const unsigned char page_49[] = {
#embed "files/js/panels/market.js"
};
static const unsigned char page_50[] = {
#embed "files/js/panels/meter.js"
};
static const unsigned char page_51[] = {
#embed "files/js/panels/missing.js"
};
static const unsigned char page_52[] = {
#embed "files/js/panels/month.js"
};
static const unsigned char page_53[] = {
#embed "files/js/panels/more.js"
};
static const unsigned char page_54[] = {
#embed "files/js/panels/neighbours.js"
};
static const unsigned char page_55[] = {
#embed "files/js/panels/quarter.js"
};
static const unsigned char page_56[] = {
#embed "files/js/panels/statement.js"
};
static const unsigned char page_57[] = {
#embed "files/js/panels/street.js"
};
static const unsigned char page_58[] = {
#embed "files/js/panels/tokens.js"
};
static const unsigned char page_59[] = {
#embed "files/js/panels/trade.js"
};
static const unsigned char page_60[] = {
#embed "files/js/problems.js"
};
static const unsigned char page_61[] = {
#embed "files/js/rulesform.js"
};
static const unsigned char page_62[] = {
#embed "files/js/shared.js"
};
static const unsigned char page_63[] = {
#embed "files/js/shell.js"
};
static const unsigned char page_64[] = {
#embed "files/js/shortcuts.js"
};
static const unsigned char page_65[] = {
#embed "files/js/sign-in.js"
};
static const unsigned char page_66[] = {
#embed "files/js/state.js"
};
static const unsigned char page_67[] = {
#embed "files/js/theme.js"
};
static const unsigned char page_68[] = {
#embed "files/js/trust.js"
};
static const unsigned char page_69[] = {
#embed "files/js/unreachable.js"
};
static const unsigned char page_70[] = {
#embed "files/js/why.js"
};
static const unsigned char page_71[] = {
#embed "files/messages/de.json"
};
static const unsigned char page_72[] = {
#embed "files/messages/en.json"
};
static const unsigned char page_73[] = {
#embed "files/operator.html"
};
static const unsigned char page_74[] = {
#embed "files/pair.html"
};
static const unsigned char page_75[] = {
#embed "files/sign-in.html"
};
static const unsigned char page_76[] = {
#embed "files/sw.js"
};
static const unsigned char page_77[] = {
#embed "files/trust.html"
};

static const struct busbar_page pages[] = {
    {"app.webmanifest", page_0, sizeof page_0},
    {"css/base.css", page_1, sizeof page_1},
    {"css/figures.css", page_2, sizeof page_2},
    {"css/parts.css", page_3, sizeof page_3},
    {"css/shell.css", page_4, sizeof page_4},
    {"css/tokens.css", page_5, sizeof page_5},
    {"icon-180.png", page_6, sizeof page_6},
    {"icon-512.png", page_7, sizeof page_7},
    {"icon.svg", page_8, sizeof page_8},
    {"index.html", page_9, sizeof page_9},
    {"js/api.js", page_10, sizeof page_10},
    {"js/chart.js", page_11, sizeof page_11},
    {"js/common.js", page_12, sizeof page_12},
    {"js/console/deliveries.js", page_13, sizeof page_13},
    {"js/console/desk.js", page_14, sizeof page_14},
    {"js/console/member.js", page_15, sizeof page_15},
    {"js/console/members.js", page_16, sizeof page_16},
    {"js/console/money.js", page_17, sizeof page_17},
    {"js/console/operators.js", page_18, sizeof page_18},
    {"js/console/orders.js", page_19, sizeof page_19},
    {"js/console/overview.js", page_20, sizeof page_20},
    {"js/days.js", page_21, sizeof page_21},
    {"js/dialog.js", page_22, sizeof page_22},
    {"js/door.js", page_23, sizeof page_23},
    {"js/explorer/account.js", page_24, sizeof page_24},
    {"js/explorer/block.js", page_25, sizeof page_25},
    {"js/explorer/ledgertrade.js", page_26, sizeof page_26},
    {"js/explorer/lists.js", page_27, sizeof page_27},
    {"js/explorer/parts.js", page_28, sizeof page_28},
    {"js/explorer/search.js", page_29, sizeof page_29},
    {"js/explorer/transaction.js", page_30, sizeof page_30},
    {"js/flow.js", page_31, sizeof page_31},
    {"js/format.js", page_32, sizeof page_32},
    {"js/household.js", page_33, sizeof page_33},
    {"js/html.js", page_34, sizeof page_34},
    {"js/ladder.js", page_35, sizeof page_35},
    {"js/led.js", page_36, sizeof page_36},
    {"js/live.js", page_37, sizeof page_37},
    {"js/main.js", page_38, sizeof page_38},
    {"js/names.js", page_39, sizeof page_39},
    {"js/notices.js", page_40, sizeof page_40},
    {"js/notify.js", page_41, sizeof page_41},
    {"js/offerform.js", page_42, sizeof page_42},
    {"js/operator.js", page_43, sizeof page_43},
    {"js/page.js", page_44, sizeof page_44},
    {"js/pair.js", page_45, sizeof page_45},
    {"js/panels/day.js", page_46, sizeof page_46},
    {"js/panels/devices.js", page_47, sizeof page_47},
    {"js/panels/home.js", page_48, sizeof page_48},
    {"js/panels/market.js", page_49, sizeof page_49},
    {"js/panels/meter.js", page_50, sizeof page_50},
    {"js/panels/missing.js", page_51, sizeof page_51},
    {"js/panels/month.js", page_52, sizeof page_52},
    {"js/panels/more.js", page_53, sizeof page_53},
    {"js/panels/neighbours.js", page_54, sizeof page_54},
    {"js/panels/quarter.js", page_55, sizeof page_55},
    {"js/panels/statement.js", page_56, sizeof page_56},
    {"js/panels/street.js", page_57, sizeof page_57},
    {"js/panels/tokens.js", page_58, sizeof page_58},
    {"js/panels/trade.js", page_59, sizeof page_59},
    {"js/problems.js", page_60, sizeof page_60},
    {"js/rulesform.js", page_61, sizeof page_61},
    {"js/shared.js", page_62, sizeof page_62},
    {"js/shell.js", page_63, sizeof page_63},
    {"js/shortcuts.js", page_64, sizeof page_64},
    {"js/sign-in.js", page_65, sizeof page_65},
    {"js/state.js", page_66, sizeof page_66},
    {"js/theme.js", page_67, sizeof page_67},
    {"js/trust.js", page_68, sizeof page_68},
    {"js/unreachable.js", page_69, sizeof page_69},
    {"js/why.js", page_70, sizeof page_70},
    {"messages/de.json", page_71, sizeof page_71},
    {"messages/en.json", page_72, sizeof page_72},
    {"operator.html", page_73, sizeof page_73},
    {"pair.html", page_74, sizeof page_74},
    {"sign-in.html", page_75, sizeof page_75},
    {"sw.js", page_76, sizeof page_76},
    {"trust.html", page_77, sizeof page_77},
};

const struct busbar_page *const busbar_pages = pages;
const size_t busbar_page_count = sizeof pages / sizeof *pages;
