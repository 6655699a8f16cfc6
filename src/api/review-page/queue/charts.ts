import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ReviewStatistics } from '../../../store/reviews/review-statistics.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** For the width of a phone; larger, it is scaled. */
const SIZE = { width: 400, height: 230 };
const INK = '#4a5361';
const RULE = '#e3e7ec';
const FONT = { color: INK, fontSize: 11 };

/** How many payments went into review, were released and were refunded, day by day: the address of an SVG image. */
export function flowChart({ days }: ReviewStatistics): string {
  return draw(days, {
    color: ['#b98a2f', '#2f7d6b', '#4466a8'],
    yAxis: { ...axis, minInterval: 1 },
    series: [
      { ...line, name: 'held', data: days.map(({ held }) => held) },
      { ...bar, name: 'released', data: days.map(({ released }) => released) },
      { ...bar, name: 'refunded', data: days.map(({ refunded }) => refunded) },
    ],
  });
}

/** From hold to decision, day by day, in the unit that fits: the address of an SVG image. */
export function timeChart({ days }: ReviewStatistics): string {
  const longest = Math.max(0, ...days.map(({ unblockedWithin }) => unblockedWithin?.p95Seconds ?? 0));
  const { name, seconds: unit } = UNITS.find(({ seconds }) => longest < 120 * seconds) ?? HOURS;
  const inUnit = (seconds: number | undefined) =>
    seconds === undefined ? null : Math.round((seconds / unit) * 100) / 100;
  return draw(days, {
    color: ['#2f7d6b', '#b98a2f'],
    yAxis: { ...axis, axisLabel: { ...FONT, formatter: `{value} ${name}` } },
    series: [
      {
        ...line,
        name: 'half within (p50)',
        data: days.map(({ unblockedWithin }) => inUnit(unblockedWithin?.p50Seconds)),
      },
      {
        ...line,
        name: '95 % within (p95)',
        data: days.map(({ unblockedWithin }) => inUnit(unblockedWithin?.p95Seconds)),
      },
    ],
  });
}

const HOURS = { name: 'h', seconds: 3600 };
const UNITS = [
  { name: 's', seconds: 1 },
  { name: 'min', seconds: 60 },
];

const axis = { type: 'value', min: 0, axisLabel: FONT, splitLine: { lineStyle: { color: RULE } } };
const line = { type: 'line', symbolSize: 4, lineStyle: { width: 1.5 }, silent: true };
const bar = { type: 'bar', stack: 'ended', barCategoryGap: '35%', silent: true };

function draw(days: ReviewStatistics['days'], options: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    chart.setOption({
      animation: false,
      grid: {
        left: 4,
        right: 8,
        top: 34,
        bottom: 4,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      legend: { top: 0, left: 0, itemGap: 22, itemWidth: 14, itemHeight: 8, textStyle: FONT },
      xAxis: {
        type: 'category',
        data: days.map(({ day }) => day.slice(5)),
        axisLabel: { ...FONT, interval: 6 },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: RULE } },
      },
      ...options,
    });
    // An image and not a part of the page: its styles are no business of the page's content security policy.
    return `data:image/svg+xml;base64,${Buffer.from(chart.renderToSVGString()).toString('base64')}`;
  } finally {
    chart.dispose();
  }
}
