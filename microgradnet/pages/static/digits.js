// Numbers as text.

const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN }; // which JSON does not have

/** As Python writes f"{x:.4g}": four digits, a tie to the even one. */
function general(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return "0";
  let text = Math.abs(x).toExponential(3);
  const exact = Math.abs(x).toExponential(60);
  if (/^\d\.\d\d[02468]50*e/.test(exact)) text = exact.slice(0, 5) + exact.slice(exact.indexOf("e"));
  const [mantissa, e] = text.split("e");
  const exponent = Number(e);
  const sign = x < 0 ? "-" : "";
  if (exponent >= -4 && exponent < 4) {
    const fixed = Number(text).toFixed(3 - exponent);
    return sign + (fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed);
  }
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${mantissa.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${size}`;
}

const pictured = (x) => general(x).replace(/-/g, "−");
