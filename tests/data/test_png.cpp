// SPDX-License-Identifier: BSD-3-Clause
#include "data/setting.hpp"

using namespace espalier;
using namespace espalier::data::test;
namespace fs = std::filesystem;

TEST_CASE("PNG files by class are read in the order of classes and names, whatever filters their rows have") {
  const Setting setting;
  write_png_set(setting.some);
  write(setting.some / "train" / "a" / ".DS_Store", "x");
  write(setting.some / "train" / ".checkpoints" / "0.png", "x");

  const data::Dataset dataset = setting.load();
  const data::DatasetShape shape = setting.describe();

  CHECK(numbers(dataset.train.labels) == std::vector<int>{0, 0, 0, 1, 1, 2, 2});
  CHECK(numbers(dataset.test.labels) == std::vector<int>{0, 0, 1, 2});
  CHECK(numbers(dataset.train.pixels.first(12)) == std::vector<int>{0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23});
  CHECK(dataset.test.pixels[6] == 118);
  CHECK(shape.train_images == 7);
  CHECK(shape.classes == 3);
  CHECK(shape.width == 2);
}

TEST_CASE("A PNG file of RGB pixels becomes three planes") {
  const Setting setting;
  const std::string pixels = counting(5 * 4 * 3, 50);
  for (const char* part : {"train", "test"}) write(setting.some / part / "x" / "1.png", png(4, 5, 3, pixels, 3));

  const data::Dataset dataset = setting.load();

  CHECK(dataset.train.channels == 3);
  CHECK(dataset.train.height == 5);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 20; ++p) CHECK(dataset.train.pixels[c * 20 + p] == 50 + 3 * p + c);
}

TEST_CASE("Wrong PNG files are refused with the file, the byte, what is allowed and what was found") {
  const std::string good = png(2, 3, 1, counting(6));
  const auto text = [](const std::string& bytes, bool in_header) {
    const Setting setting;
    write_png_set(setting.some);
    write(setting.some / "train" / "b" / "4.png", bytes);
    const std::string said = in_header ? setting.mistake_in_both() : setting.mistake_in_load();
    CHECK(said.starts_with((setting.some / "train" / "b" / "4.png").string() + ": "));
    return said;
  };
  const auto changed = [&](std::size_t place) {
    std::string bytes = good;
    bytes[place] = static_cast<char>(bytes[place] ^ 1);
    return bytes;
  };

  CHECK(contains(text("GIF89a", true), "byte 0: a PNG file must start with"));
  CHECK(contains(text("", true), "byte 0: a PNG file must start with"));
  CHECK(contains(text(png_header(2, 3, 16), true), "byte 24: 16 bits per value, allowed are 8"));
  CHECK(contains(text(png_header(2, 3, 8, 6), true), "byte 25: colour type 6, allowed are 0 (grey) and 2 (RGB)"));
  CHECK(contains(text(png_header(2, 3, 8, 0, 1), true), "byte 28: the image is interlaced"));
  CHECK(contains(text(png_header(0, 3), true), "1 to 16777216 pixels"));
  CHECK(contains(text(png_header(0xFFFFFFFF, 0xFFFFFFFF), true), "1 to 16777216 pixels"));
  CHECK(contains(text(png_header(3, 3), true), "an image of 3 x 3 with 1 channels, but "));
  CHECK(contains(text(changed(20), true), "byte 8: a damaged chunk (incorrect CRC)"));
  CHECK(contains(text(changed(good.size() - 20), false), "a damaged chunk (incorrect CRC)"));
  CHECK(contains(text(good.substr(0, good.size() - 3), false), "the PNG file ends early"));
  CHECK(contains(text(png_header(2, 3) + chunk("IEND", ""), false), "byte 16: the image has 9 bytes, its data of 0"));
  CHECK(
      contains(text(png_header(2, 3) + chunk("IDAT", "no zlib") + chunk("IEND", ""), false), "damaged image data (data error)"));
  CHECK(contains(text(png_header(2, 3) + chunk("ABCD", ""), false), "a chunk of unknown type"));
  for (std::size_t size = 33; size < good.size(); ++size) text(good.substr(0, size), false);
}

TEST_CASE("Classes that only the test images have, files of another kind and parts without images are refused") {
  const Setting stranger, kind, empty;
  write_png_set(stranger.some);
  fs::rename(stranger.some / "test" / "c", stranger.some / "test" / "d");
  write_png_set(kind.some);
  write(kind.some / "train" / "a" / "0.jpg", "x");
  fs::create_directories(empty.some / "train" / "a");
  fs::create_directories(empty.some / "test" / "a");

  CHECK(contains(stranger.mistake_in_both(), "/test/d: there is no class of this name in "));
  CHECK(contains(kind.mistake_in_both(), "/train/a/0.jpg: is no .png file"));
  CHECK(contains(empty.mistake_in_both(), "/train: contains no image; required: train/CLASS/*.png and test/CLASS/*.png"));
}
