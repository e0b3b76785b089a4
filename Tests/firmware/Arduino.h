// What the sketch in firmware-protocol/c/README.md uses of Arduino's core, so that `make
// firmware-check` can compile the sketch without it.
#pragma once

#include <stdint.h>

enum { LOW, HIGH, INPUT_PULLUP, OUTPUT, CHANGE };

uint32_t micros();
void pinMode(uint8_t pin, uint8_t mode);
int digitalRead(uint8_t pin);
void digitalWrite(uint8_t pin, uint8_t level);
void analogWrite(uint8_t pin, int duty);
uint8_t digitalPinToInterrupt(uint8_t pin);
void attachInterrupt(uint8_t interrupt, void (*handler)(), int mode);
void noInterrupts();
void interrupts();

struct SerialPort {
  void begin(uint32_t baud);
  int available();
  int read();
  int availableForWrite();
  void write(uint8_t byte);
};
extern SerialPort Serial;

struct Memory {
  template <class Value> Value &get(int address, Value &value);
  template <class Value> const Value &put(int address, const Value &value);
};
extern Memory EEPROM;
