#include "CRolloutYardstick.h"

#include <Eigen/Dense>
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// One process with a squared-exponential kernel.
class Process {
 public:
  Process(const yardstick_data &data, int output) {
    const int n = data.points;
    mean_ = data.means[output];
    signal_variance_ = data.signal_variances[output];
    lengthscales_ = Eigen::Map<const VectorXd>(data.lengthscales + 6 * output, 6);
    for (int i = 0; i < n; i++)
      samples_.push_back(Eigen::Map<const VectorXd>(data.inputs + 6 * i, 6));
    MatrixXd covariance(n, n);
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) covariance(i, j) = kernel(samples_[i], samples_[j]);
    covariance.diagonal().array() += data.noise_variances[output];
    factor_ = covariance.llt().matrixL();
    VectorXd targets = Eigen::Map<const VectorXd>(data.targets + output * n, n);
    targets.array() -= mean_;
    coefficients_ = factor_.triangularView<Eigen::Lower>().solve(targets);
    factor_.triangularView<Eigen::Lower>().adjoint().solveInPlace(coefficients_);
  }

  void predict(const VectorXd &input, double &mean, double &variance) const {
    VectorXd k(samples_.size());
    for (size_t i = 0; i < samples_.size(); i++) k[i] = kernel(samples_[i], input);
    mean = mean_ + k.dot(coefficients_);
    const VectorXd z = factor_.triangularView<Eigen::Lower>().solve(k);
    variance = signal_variance_ - z.dot(z);
  }

 private:
  double kernel(const VectorXd &a, const VectorXd &b) const {
    return signal_variance_ * std::exp(-0.5 * (a - b).cwiseQuotient(lengthscales_).squaredNorm());
  }

  double mean_, signal_variance_;
  VectorXd lengthscales_, coefficients_;
  std::vector<VectorXd> samples_;
  MatrixXd factor_;
};

struct Model {
  std::vector<Process> outputs;
};

/// One hidden layer, tanh inside and at the output.
class Network {
 public:
  Network(const yardstick_task &task, const double *weights)
      : hidden_(task.hidden, 5), hidden_bias_(task.hidden), output_(task.hidden) {
    for (int h = 0; h < task.hidden; h++) {
      for (int f = 0; f < 5; f++) hidden_(h, f) = *weights++;
      hidden_bias_[h] = *weights++;
    }
    for (int h = 0; h < task.hidden; h++) output_[h] = *weights++;
    bias_ = *weights;
  }

  double act(const VectorXd &features) const {
    const VectorXd units = (hidden_ * features + hidden_bias_).array().tanh().matrix();
    return std::tanh(output_.dot(units) + bias_);
  }

 private:
  MatrixXd hidden_;
  VectorXd hidden_bias_, output_;
  double bias_;
};

double rollout(const Model &model, const yardstick_task &task, const double *weights,
               const double *normals) {
  const Network policy(task, weights);
  VectorXd state = Eigen::Map<const VectorXd>(task.initial, 4);
  double sum = 0;
  for (int step = 0; step < task.steps; step++) {
    VectorXd input(6);
    input << state[0], std::cos(state[1]), std::sin(state[1]), state[2], state[3], 0;
    VectorXd features = input.head(5);
    features[0] /= task.position_scale;
    features[3] /= task.velocity_scales[0];
    features[4] /= task.velocity_scales[1];
    input[5] = task.force_limit * policy.act(features);
    for (int d = 0; d < 4; d++) {
      double mean, variance;
      model.outputs[d].predict(input, mean, variance);
      state[d] += mean + std::sqrt(std::max(variance, 0.0)) * normals[4 * step + d];
    }
    const double x = state[0], l = task.pole_length;
    const double distance = x * x + 2 * x * l * std::sin(state[1]) + 2 * l * l * (1 + std::cos(state[1]));
    sum += std::exp(-0.5 * distance / (task.reward_width * task.reward_width));
  }
  return sum / task.steps;
}

}  // namespace

void *yardstick_make(const yardstick_data *data) {
  auto *model = new Model;
  for (int output = 0; output < 4; output++) model->outputs.emplace_back(*data, output);
  return model;
}

void yardstick_free(void *model) { delete static_cast<Model *>(model); }

void yardstick_predict(const void *model, const double *input, double *mean, double *variance) {
  const VectorXd z = Eigen::Map<const VectorXd>(input, 6);
  for (int d = 0; d < 4; d++)
    static_cast<const Model *>(model)->outputs[d].predict(z, mean[d], variance[d]);
}

void yardstick_rollouts(const void *model, const yardstick_task *task, int count,
                        const double *weights, int weight_count, const double *normals, int threads,
                        double *returns) {
  std::atomic<int> next{0};
  auto work = [&] {
    for (int i = next++; i < count; i = next++)
      returns[i] = rollout(*static_cast<const Model *>(model), *task, weights + (size_t)i * weight_count,
                           normals + (size_t)i * 4 * task->steps);
  };
  std::vector<std::thread> workers;
  for (int t = 1; t < threads; t++) workers.emplace_back(work);
  work();
  for (auto &worker : workers) worker.join();
}
