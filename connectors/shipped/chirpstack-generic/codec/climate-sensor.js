// Payload of the climate sensor that this connector takes for an example; port 2, four bytes.
// 0-1: temperature, signed, big endian, in 0.01 degrees Celsius
// 2:   relative humidity in 0.5 percent; 255: no reading
// 3:   voltage of the battery, 1.8 V and 0.01 V for each step
function decodeUplink(input) {
  if (input.fPort !== 2) {
    return { errors: ["port " + input.fPort + " is not known"] };
  }
  if (input.bytes.length !== 4) {
    return { errors: ["4 bytes are expected, not " + input.bytes.length] };
  }
  const raw = (input.bytes[0] << 8) | input.bytes[1];
  const data = {
    temperature: (raw > 32767 ? raw - 65536 : raw) / 100,
    battery: (180 + input.bytes[3]) / 100,
  };
  const warnings = [];
  if (input.bytes[2] === 255) {
    warnings.push("no reading of humidity");
  } else {
    data.humidity = input.bytes[2] / 2;
  }
  return { data: data, warnings: warnings };
}
