"""The looks of a report, light and dark, on a screen of any width and on paper."""

STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5d6878;--line:#dfe3ea;
--there:#b9c8dc;--good:#1a7f4b;--warn:#a86400;--bad:#c02f2f;--goodbg:#e4f4ea;--warnbg:#fdf1da;--badbg:#fbe6e5;
--tol:#1a7f4b;--d0:#2468b4;--d1:#d2601a;--d2:#1e8f74;--d3:#a6498f;--d4:#96790a;--d5:#5a57c8;--d6:#b83a5b;
--d7:#4c8a2b;--d8:#6d7684}
@media(prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1b212b;--ink:#e6eaf1;--soft:#98a4b5;
--line:#303947;
--there:#3d4d64;--good:#5fce92;--warn:#f0b450;--bad:#ff7d75;--goodbg:#173527;--warnbg:#3a2d12;--badbg:#431f1f;
--tol:#5fce92;--d0:#6aa9f0;--d1:#f59a5b;--d2:#54cbad;--d3:#de8ccb;--d4:#d8bd4b;--d5:#a5a2ff;--d6:#f58ba6;
--d7:#96d06f;--d8:#a9b3c2}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:26px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 2px}
p{margin:0}
.lead{color:var(--soft);margin-bottom:14px;max-width:75ch}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px 20px;
margin-top:16px;break-inside:avoid}
header{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center}
.sub{color:var(--soft);flex-basis:100%}
.verdict{font-weight:650;font-size:15px;border-radius:99px;padding:4px 14px;white-space:nowrap}
.verdict.good,.facts .good{color:var(--good)}.verdict.warn,.facts .warn{color:var(--warn)}
.verdict.bad,.facts .bad{color:var(--bad)}
.verdict.good{background:var(--goodbg)}.verdict.warn{background:var(--warnbg)}
.verdict.bad{background:var(--badbg)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin:18px 0 0;
padding:0}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:10px 14px}
.facts dt{color:var(--soft);font-size:13px}
.facts dd{margin:0;font-size:22px;font-weight:600;line-height:1.3}
.findings{list-style:none;margin:16px 0 0;padding:0;display:grid;gap:8px}
.findings li{border-left:4px solid var(--soft);border-radius:4px 8px 8px 4px;background:var(--card);
padding:9px 14px}
.findings .error{border-color:var(--bad);background:var(--badbg)}
.findings .warning{border-color:var(--warn);background:var(--warnbg)}
.findings small{display:block;color:var(--soft);font-size:13.5px}
svg{display:block;width:100%}
.rig{margin:8px auto 0;height:auto}
.rig text{fill:var(--ink);font-size:12.5px}.rig .name{font-size:16px;font-weight:650}
.rig .role,.rig .small{fill:var(--soft)}.rig .small{font-size:12px}.rig .centre{text-anchor:middle}
.rig .jack{fill:var(--soft);font-size:11px}
.rig .jack.left{text-anchor:end}
.box{fill:var(--card);stroke:var(--line);stroke-width:1.5}
.box.warn{stroke:var(--warn)}.box.bad{stroke:var(--bad);stroke-width:2.5}
.node{fill:var(--bg);stroke:var(--soft);stroke-width:1.5}
.cable{fill:none;stroke:var(--soft);stroke-width:3;stroke-linecap:round}
.pulse{fill:none;stroke:var(--soft);stroke-width:1.8;stroke-linejoin:round}
.lane{display:grid;grid-template-columns:minmax(64px,120px) 1fr minmax(90px,190px);gap:0 12px;
align-items:center;
padding:3px 0}
.lane.short{grid-template-columns:minmax(64px,120px) 1fr}
.lane .name{font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.lane .note{color:var(--bad);font-size:13px;line-height:1.3}.lane .note.good,.total .note{color:var(--soft)}
.total{margin-top:5px;border-top:1px solid var(--line);padding-top:8px}
.total .name{font-weight:400;color:var(--soft)}
.bar{height:24px;border-radius:4px;overflow:hidden}.bar.thin{height:20px;background:var(--bg)}
.there.device{fill:var(--there)}.there.all{fill:var(--good);opacity:.55}
.hole-sensor_dropped,i.hole-sensor_dropped{fill:#d33f3f;background:#d33f3f}
.hole-queue_full,i.hole-queue_full{fill:#d98a00;background:#d98a00}
.hole-half_capture,i.hole-half_capture{fill:#9b59d0;background:#9b59d0}
.hole-device_lost,i.hole-device_lost{fill:var(--ink);background:var(--ink);opacity:.75}
.hole-late,i.hole-late{fill:#c2b100;background:#c2b100}
.hole-not_recorded,i.hole-not_recorded{fill:#d33f3f;background:#d33f3f}
.hole-incomplete{fill:var(--card)}
.axis{padding:0}.xs{position:relative;height:20px;font-size:12px;color:var(--soft);margin-top:3px}
.xs span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.xs .first{transform:none}.xs .last{transform:translateX(-100%)}
.chart{display:grid;grid-template-columns:62px minmax(0,1fr);column-gap:8px}
.chart.with-side{grid-template-columns:62px minmax(0,1fr) minmax(40px,13%)}
.chart .plot{height:110px;overflow:visible}.chart.tall .plot{height:190px}
.ys{position:relative;font-size:12px;color:var(--soft)}
.ys span{position:absolute;right:0;transform:translateY(-50%);white-space:nowrap}
.chart .xs{grid-column:2}
.plot path,.plot line{vector-effect:non-scaling-stroke}
.grid{stroke:var(--line);stroke-width:1;fill:none}.zero{stroke:var(--soft);stroke-width:1;fill:none}
.tolerance{fill:var(--tol);opacity:.1}
.dots{stroke-width:3.2px;stroke-linecap:round;fill:none;opacity:.8}.line{stroke-width:1.7px;fill:none}
.area{opacity:.28;stroke:none}.train{opacity:.28}
.stack{opacity:.75}.area.free{fill:var(--soft);opacity:.16}.line.free{stroke:var(--soft)}
.limit{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:7 5}
i.limit{height:0;border-radius:0;border-top:2px dashed var(--bad);vertical-align:middle}
.drops{opacity:.4}.dots.peak{stroke-width:9px;opacity:1}.load .bad{color:var(--bad)}
.side{border-left:1px solid var(--line)}.bars{stroke:none;opacity:.75}
.above{margin-bottom:18px}.above .right{text-anchor:end}
.above .name{font-size:14px}
.calibration{margin:14px 0 18px}.pairs{width:auto}.pairs td{min-width:56px}
.pairs td,.pairs th{text-align:center;padding:5px 8px}
.pairs .words{text-align:left}.pairs .same{background:var(--bg)}
.pairs .soft{color:var(--soft)}
.pairs .good{background:var(--goodbg);color:var(--good)}
.pairs .warn{background:var(--warnbg);color:var(--warn)}
.pairs .bad{background:var(--badbg);color:var(--bad)}
figure{margin:0}figcaption{font-size:14px;color:var(--soft);margin-bottom:5px}figcaption b{color:var(--ink)}
.many{display:grid;gap:20px}
.lasers+.lasers{margin-top:18px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 0 0;padding:0;font-size:13.5px;
color:var(--soft)}
.key{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:18px}
.pictures img{display:block;width:100%;height:auto;border-radius:8px;margin-bottom:6px;background:#000}
.clouds{display:grid;gap:16px}.clouds img{display:block;width:100%;height:auto;border-radius:8px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{font-weight:500;color:var(--soft);text-align:right}th,td{padding:5px 0 5px 16px;
border-bottom:1px solid var(--line);
white-space:nowrap;text-align:right}
th:first-child,td:first-child{text-align:left;padding-left:0}td.words,th.words{text-align:left}
footer{color:var(--soft);font-size:13px;margin-top:18px;overflow-wrap:anywhere}
.narrow{display:none!important}
@media(max-width:640px){.narrow{display:block!important}.wide{display:none!important}
main{padding:18px 12px 32px}section{padding:14px 12px 16px}h1{font-size:21px}
.lane{grid-template-columns:72px 1fr}.lane .note{grid-column:2}.lane.axis>span:last-child{display:none}
.chart{grid-template-columns:50px minmax(0,1fr)}
.chart.with-side{grid-template-columns:50px minmax(0,1fr) 40px}
.pictures{grid-template-columns:repeat(2,minmax(0,1fr));gap:12px}}
@media print{:root{--bg:#fff}body{font-size:11pt}main{max-width:none;padding:0}section{border-color:#ccc}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
""" + "".join(
    f".dots.d{i},.line.d{i}{{stroke:var(--d{i})}}"
    f".area.d{i},.bars.d{i},.fill.d{i},.train.d{i}{{fill:var(--d{i})}}i.d{i}{{background:var(--d{i})}}\n"
    for i in range(9)
)
